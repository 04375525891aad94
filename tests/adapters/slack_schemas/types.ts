export type {
  AppsConnectionsOpenArguments, AuthTestArguments, ChatPostMessageArguments, ChatUpdateArguments,
  ConversationsOpenArguments, FilesGetUploadURLExternalArguments, FilesCompleteUploadExternalArguments,
  UsergroupsUsersListArguments, ViewsOpenArguments, ViewsPublishArguments,
} from "@slack/web-api";
