export type {
  AppsConnectionsOpenArguments, AuthTestArguments, ChatPostMessageArguments, ChatUpdateArguments,
  ConversationsOpenArguments, FilesGetUploadURLExternalArguments, FilesCompleteUploadExternalArguments,
  UsergroupsUsersListArguments, UsersInfoArguments, ViewsOpenArguments, ViewsPublishArguments,
} from "@slack/web-api";
