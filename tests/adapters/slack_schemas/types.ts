export type {
  AppsConnectionsOpenArguments, AuthTestArguments, ChatDeleteArguments, ChatPostMessageArguments, ChatUpdateArguments,
  ConversationsHistoryArguments, ConversationsOpenArguments, ConversationsRepliesArguments, FilesDeleteArguments,
  FilesGetUploadURLExternalArguments, FilesCompleteUploadExternalArguments,
  UsergroupsUsersListArguments, UsersInfoArguments, ViewsOpenArguments, ViewsPublishArguments,
} from "@slack/web-api";
